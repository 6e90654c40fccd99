package dev.weir.compiler.intent;

/** Transport protocols of NetworkPolicy, with IANA's protocol numbers. */
public enum Protocol {
  TCP(6),
  UDP(17),
  SCTP(132);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
