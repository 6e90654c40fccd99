package dev.weir.softswitch.robustness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Passes one TCP connection on, and cuts it after so many bytes from the client. */
final class CuttingProxy implements AutoCloseable {
  private final ServerSocket listening;
  private final int to;
  private final long cutAfter;

  CuttingProxy(int to, long cutAfter) throws IOException {
    this.to = to;
    this.cutAfter = cutAfter;
    this.listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::pass);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void pass() {
    try (Socket client = listening.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), to)) {
      // A second connection is not served: the client has to live with the cut.
      listening.close();
      client.setSoLinger(true, 0);
      server.setSoLinger(true, 0);
      Thread.ofVirtual().start(() -> back(server, client));
      InputStream in = client.getInputStream();
      OutputStream out = server.getOutputStream();
      byte[] buffer = new byte[4096];
      long left = cutAfter;
      while (left > 0) {
        int got = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (got < 0) {
          return;
        }
        out.write(buffer, 0, got);
        left -= got;
      }
    } catch (IOException e) {
      // The end of the connection is what this is for.
      return;
    }
  }

  private static void back(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      return;
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
