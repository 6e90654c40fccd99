package dev.weir.controller.device;

import com.google.common.collect.ImmutableSet;
import dev.weir.controller.store.DurableFile;
import dev.weir.p4runtime.PipelineConfig;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.wire.EntryCodec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/**
 * Which of a switch's entries are Weir's: the keys that it has written or is about to write, kept
 * on disk so that they are known after a restart. Not thread-safe.
 *
 * <p>The file begins with the pipeline's cookie; keys of another pipeline mean nothing.
 */
public final class WrittenEntries {
  private final DurableFile file;
  private final PipelineConfig program;
  private final EntryCodec codec;
  private final Set<Entry.Key> keys = new HashSet<>();
  private boolean dirty;

  private WrittenEntries(DurableFile file, PipelineConfig program) {
    this.file = file;
    this.program = program;
    this.codec = new EntryCodec(program.pipeline());
  }

  /** Reads {@code file}; a broken one counts as empty, so that nothing is taken for Weir's. */
  public static WrittenEntries read(DurableFile file, PipelineConfig program) throws IOException {
    WrittenEntries written = new WrittenEntries(file, program);
    Optional<byte[]> content = file.read();
    if (content.isPresent()) {
      try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(content.get()))) {
        if (in.readLong() == program.cookie()) {
          for (TableEntry entry = TableEntry.parseDelimitedFrom(in);
              entry != null;
              entry = TableEntry.parseDelimitedFrom(in)) {
            written.keys.add(written.codec.keyFromProto(entry));
          }
        }
      } catch (IOException | RefusedException _) {
        written.keys.clear();
        written.dirty = true;
      }
    }
    return written;
  }

  public ImmutableSet<Entry.Key> keys() {
    return ImmutableSet.copyOf(keys);
  }

  boolean contains(Entry.Key key) {
    return keys.contains(key);
  }

  /** Notes keys before they are written; they are on disk on return. */
  void claim(Collection<Entry.Key> claimed) throws IOException {
    dirty |= keys.addAll(claimed);
    save();
  }

  /** Notes that keys are not on the switch any more; the disk is told with the next claim. */
  void forget(Collection<Entry.Key> gone) {
    dirty |= keys.removeAll(gone);
  }

  /** The switch was emptied. */
  void clear() throws IOException {
    dirty |= !keys.isEmpty();
    keys.clear();
    save();
  }

  void save() throws IOException {
    if (!dirty) {
      return;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeLong(program.cookie());
      for (Entry.Key key : keys) {
        codec.toProto(key).writeDelimitedTo(out);
      }
    }
    file.write(bytes.toByteArray());
    dirty = false;
  }
}
