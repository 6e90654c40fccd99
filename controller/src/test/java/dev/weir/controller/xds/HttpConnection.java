package dev.weir.controller.xds;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One kept-alive HTTP/1.1 connection from a chosen source address, byte by byte. */
public final class HttpConnection implements AutoCloseable {
  /** A response with its body. */
  public record Response(int status, String body) {}

  private final Socket socket = new Socket();
  private final InputStream in;

  public HttpConnection(String from, String to, int port) throws IOException {
    socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
    socket.connect(new InetSocketAddress(InetAddress.getByName(to), port), 3_000);
    socket.setSoTimeout(5_000);
    in = new BufferedInputStream(socket.getInputStream());
  }

  public Response send(String method, String path, String... headers) throws IOException {
    StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: test\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    if (method.startsWith("P")) {
      head.append("Content-Length: 0\r\n");
    }
    write(head.append("\r\n").toString());
    int status = Integer.parseInt(line().split(" ", 3)[1]);
    int length = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(15).strip());
      } else if (lower.startsWith("transfer-encoding:")) {
        throw new IOException("the test servers send a length");
      }
    }
    return new Response(status, new String(in.readNBytes(length), StandardCharsets.UTF_8));
  }

  public void write(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** A line without its end. */
  public String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("closed after '" + line + "'");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** Whether the other side has closed or reset it, waiting at most {@code millis}. */
  public boolean closedWithin(int millis) throws IOException {
    socket.setSoTimeout(millis);
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException _) {
      return false;
    } catch (IOException _) {
      return true;
    } finally {
      socket.setSoTimeout(5_000);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
