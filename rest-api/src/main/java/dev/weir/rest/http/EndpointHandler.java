package dev.weir.rest.http;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a request in full, has the endpoint answer it, and turns what is thrown into a Status. */
final class EndpointHandler extends Handler.Abstract {
  /** Bodies of 5 MB and more are refused. */
  static final int MAX_BODY_BYTES = 5_000_000 - 1;

  /** How much of a body that is refused is read, so that its sender sees the answer. */
  private static final int MAX_DRAINED_BYTES = 64_000_000;

  private static final Logger log = LoggerFactory.getLogger(EndpointHandler.class);

  private final Endpoint endpoint;

  EndpointHandler(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    send(answer(request), request, response, callback);
    return true;
  }

  private Reply answer(Request request) {
    try {
      Guard.check(request);
      return endpoint.answer(call(request));
    } catch (Refusal refusal) {
      return refusal.reply();
    } catch (IOException e) {
      return Refusal.badRequest("unreadable-body", "", "the body cannot be read: " + e).reply();
    } catch (RuntimeException e) {
      log.error("{} {} failed", request.getMethod(), request.getHttpURI().getPath(), e);
      return Refusal.of(
              500, "InternalError", "internal-error", "", "the server failed: " + e, "see its log")
          .reply();
    }
  }

  private static void send(Reply reply, Request request, Response response, Callback callback) {
    response.setStatus(reply.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.contentType());
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, reply.body().length);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    reply.headers().forEach(response.getHeaders()::put);
    boolean head = request.getMethod().equals("HEAD");
    response.write(true, head ? null : ByteBuffer.wrap(reply.body()), callback);
  }

  private static Call call(Request request) throws IOException {
    ImmutableListMultimap.Builder<String, String> headers = ImmutableListMultimap.builder();
    for (HttpField field : request.getHeaders()) {
      String value = field.getValue();
      headers.put(field.getName().toLowerCase(Locale.ROOT), value == null ? "" : value);
    }
    ImmutableListMultimap.Builder<String, String> query = ImmutableListMultimap.builder();
    for (Fields.Field field : Request.extractQueryParameters(request)) {
      query.putAll(field.getName(), field.getValues());
    }
    if (request.getHeaders().contains(HttpHeader.CONTENT_ENCODING)) {
      throw Refusal.of(
          415,
          "UnsupportedMediaType",
          "content-encoding",
          "Content-Encoding",
          "the body is encoded",
          "send it as it is");
    }
    return new Call(
        request.getMethod(),
        decodedPath(request),
        ImmutableMap.of(),
        query.build(),
        headers.build(),
        body(request));
  }

  /** Jetty has refused what is ambiguous when decoded, an encoded slash say. */
  private static String decodedPath(Request request) {
    String path = request.getHttpURI().getDecodedPath();
    return path == null ? "/" : path;
  }

  private static byte[] body(Request request) throws IOException {
    boolean announced = request.getLength() > MAX_BODY_BYTES;
    boolean waits = request.getHeaders().contains(HttpHeader.EXPECT);
    if (announced && waits) {
      throw tooLarge();
    }
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] chunk = new byte[64 * 1024];
    long total = 0;
    try (InputStream in = Content.Source.asInputStream(request)) {
      for (int n = in.read(chunk); n >= 0 && total < MAX_DRAINED_BYTES; n = in.read(chunk)) {
        total += n;
        if (total <= MAX_BODY_BYTES) {
          kept.write(chunk, 0, n);
        }
      }
    }
    if (total > MAX_BODY_BYTES) {
      throw tooLarge();
    }
    return kept.toByteArray();
  }

  private static Refusal tooLarge() {
    return Refusal.of(
        413,
        "RequestEntityTooLarge",
        "body-too-large",
        "",
        "the body is 5 MB or more",
        "send it in parts");
  }
}
