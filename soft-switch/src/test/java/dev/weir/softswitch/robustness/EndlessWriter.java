package dev.weir.softswitch.robustness;

import dev.weir.softswitch.P4Client;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/** A client in a process of its own, to be killed: writes batches until it dies. */
final class EndlessWriter {
  static final int BATCH = 500;
  static final long ELECTION = 100;
  private static final int BATCHES = 190;

  private EndlessWriter() {}

  public static void main(String[] args) {
    P4Client client = P4Client.tcp(Integer.parseInt(args[0]), 1).primary(ELECTION);
    for (int round = 0; ; round++) {
      WriteRequest.Builder request =
          client
              .writeRequest()
              .setAtomicityValue(round % WriteRequest.Atomicity.values().length % 3);
      boolean again = round >= BATCHES;
      int from = round % BATCHES * BATCH;
      for (int i = from; i < from + BATCH; i++) {
        request.addUpdates(
            Routes.route(again ? Update.Type.MODIFY : Update.Type.INSERT, i, 1 + round % 2));
      }
      var _ = client.rpc.write(request.build());
    }
  }
}
