package dev.weir.softswitch.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One packet on its way: the words of all headers and metadata, scratch words for expressions, and
 * the bytes not parsed yet. Reused from packet to packet; belongs to one thread at a time.
 */
final class PacketState {
  static final int NO_SESSION = -1;
  static final int NO_LIST = 0;

  /** Fields first (up to {@link #fieldWords}), then scratch. */
  final long[] words;

  final int fieldWords;
  final int[] metadataValidity;

  /** The bytes as received, {@link Words#SLACK} longer than any frame. */
  byte[] data;

  /** Where the packet begins in {@link #data}, and one past its end. */
  int start;

  int end;

  /** Where parsing stands; after it, where the payload begins. */
  int cursor;

  /** Action data of the entry whose action runs. */
  long[] args = {};

  /** What this packet meets. */
  InForce inForce;

  int ingressPort;
  int egressPort;

  /** Bytes on arrival, which counters and meters count. */
  int ingressLength;

  /** What standard_metadata.packet_length says, kept by adding and removing headers. */
  int packetLength;

  boolean exit;
  int cloneSession;
  int cloneFieldList;
  int digest;
  int resubmitList;
  int recirculateList;
  int truncateTo;
  int parserError;
  boolean checksumError;

  /** The parser state to go to. */
  int parserNext;

  /** Ingress or egress comes next; used while copies wait for their turn. */
  boolean awaitsEgress;

  /** Locks on register cells that the packet has; see {@link RowLocks}. */
  final int[] rows = new int[RegisterPlan.MOST_CELLS];

  int heldRows;

  @Nullable String dropCause;
  @Nullable TraceRecorder trace;

  PacketState(
      int fieldWords, int scratchWords, int[] metadataValidity, int maxFrame, InForce inForce) {
    this.words = new long[fieldWords + scratchWords];
    this.fieldWords = fieldWords;
    this.metadataValidity = metadataValidity;
    this.data = new byte[maxFrame + Words.SLACK];
    this.inForce = inForce;
  }

  /** Takes over a packet's bytes; all fields zero, metadata valid, headers invalid. */
  void load(byte[] bytes, int from, int length) {
    ensureRoom(length);
    System.arraycopy(bytes, from, data, 0, length);
    start = 0;
    end = length;
    clearFields();
    clearRequests();
  }

  void ensureRoom(int length) {
    if (data.length < length + Words.SLACK) {
      data = new byte[length + Words.SLACK];
    }
  }

  void clearFields() {
    Arrays.fill(words, 0, fieldWords, 0);
    for (int at : metadataValidity) {
      words[at] = 1;
    }
  }

  void clearRequests() {
    exit = false;
    cloneSession = NO_SESSION;
    cloneFieldList = NO_LIST;
    digest = NO_LIST;
    resubmitList = NO_LIST;
    recirculateList = NO_LIST;
    truncateTo = Integer.MAX_VALUE;
    parserError = 0;
    checksumError = false;
    dropCause = null;
    cursor = start;
  }

  /**
   * Becomes a copy of {@code from}: bytes, fields and lengths, but no pending requests, to be cut
   * neither.
   */
  void copy(PacketState from) {
    load(from.data, 0, from.end);
    start = from.start;
    cursor = from.cursor;
    System.arraycopy(from.words, 0, words, 0, fieldWords);
    ingressPort = from.ingressPort;
    ingressLength = from.ingressLength;
    packetLength = from.packetLength;
    trace = from.trace;
  }

  /** Payload bytes: what the parser did not take, as far as truncation leaves it. */
  int payloadLength() {
    return end - cursor;
  }
}
