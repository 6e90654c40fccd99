package dev.weir.p4runtime;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;

/**
 * A program to run on a device (P4Runtime 1.5 §7).
 *
 * @param pipeline the control plane's view of it, read from {@code p4info}
 * @param p4info as the compiler wrote it
 * @param deviceConfig the compiled program in the device's own form; BMv2's JSON as UTF-8
 * @param cookie tells programs apart: a hash of {@code p4info} and {@code deviceConfig}, the same
 *     on every machine and in every run
 */
public record PipelineConfig(
    Pipeline pipeline, P4Info p4info, ByteString deviceConfig, long cookie) {

  /** Refuses parts that are not of one program. */
  public PipelineConfig {
    if (cookie != cookieOf(p4info, deviceConfig)) {
      throw new IllegalArgumentException("the cookie is not that of P4Info and device config");
    }
  }

  /**
   * The program in {@code p4info} and {@code deviceConfig}.
   *
   * @param name for a program without one in P4Info
   * @throws RefusedException when P4Info is not valid
   */
  public static PipelineConfig of(P4Info p4info, ByteString deviceConfig, String name) {
    return new PipelineConfig(
        P4InfoReader.read(p4info, name), p4info, deviceConfig, cookieOf(p4info, deviceConfig));
  }

  /**
   * The program in two files: P4Info in protobuf's text form, and the device's own form. Without a
   * name in P4Info it is called by the first file's name up to its first dot.
   *
   * @throws RefusedException when P4Info cannot be read or is not valid
   * @throws IOException when the device config cannot be read
   */
  public static PipelineConfig read(Path p4info, Path deviceConfig) throws IOException {
    return of(
        P4InfoReader.parse(p4info),
        ByteString.copyFrom(Files.readAllBytes(deviceConfig)),
        P4InfoReader.nameOf(p4info));
  }

  /** What a device is given. */
  public ForwardingPipelineConfig toProto() {
    return ForwardingPipelineConfig.newBuilder()
        .setP4Info(p4info)
        .setP4DeviceConfig(deviceConfig)
        .setCookie(ForwardingPipelineConfig.Cookie.newBuilder().setCookie(cookie))
        .build();
  }

  /**
   * Whether a device that answers {@code running} runs this program; without a cookie it may not.
   */
  public boolean isRunningIn(ForwardingPipelineConfig running) {
    return running.hasCookie() && running.getCookie().getCookie() == cookie;
  }

  private static long cookieOf(P4Info p4info, ByteString deviceConfig) {
    byte[] info = deterministic(p4info);
    // The length keeps bytes from wandering between the two parts unseen.
    Hasher hasher = Hashing.sha256().newHasher().putInt(info.length).putBytes(info);
    deviceConfig.asReadOnlyByteBufferList().forEach(hasher::putBytes);
    return hasher.hash().asLong();
  }

  /** Maps in P4Info go out in the order of their keys, so that equal messages are equal bytes. */
  private static byte[] deterministic(P4Info p4info) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(p4info.getSerializedSize());
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      p4info.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }
}
