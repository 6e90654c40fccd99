package dev.weir.rest.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What Jetty itself refuses, a malformed request say, is a Status too. */
final class StatusErrorHandler implements Request.Handler {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    Reply reply =
        Refusal.of(
                status,
                status >= 500 ? "InternalError" : "BadRequest",
                status >= 500 ? "internal-error" : "malformed-request",
                "",
                HttpStatus.getMessage(status),
                "")
            .reply();
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.contentType());
    response.write(true, ByteBuffer.wrap(reply.body()), callback);
    return true;
  }
}
