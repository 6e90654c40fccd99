package dev.weir.rest;

import com.google.common.collect.ImmutableList;
import dev.weir.controller.MeshController;
import dev.weir.rest.http.Reply;
import dev.weir.rest.http.Router.Route;
import dev.weir.rest.kubernetes.ApiKind;
import dev.weir.rest.kubernetes.Discovery;
import dev.weir.rest.kubernetes.FieldValidation;
import dev.weir.rest.kubernetes.ResourceEndpoints;
import dev.weir.rest.weir.WeirOperations;

/** Everything that is served. */
final class Routes {
  private Routes() {}

  static ImmutableList<Route> of(MeshController mesh) {
    ImmutableList.Builder<Route> routes = ImmutableList.builder();
    for (String path : new String[] {"/healthz", "/livez"}) {
      routes.add(new Route("GET", path, call -> Reply.text(200, "text/plain", "ok")));
    }
    routes.add(new Route("GET", "/readyz", call -> readiness(mesh)));
    routes.addAll(Discovery.routes());
    routes.addAll(FieldValidation.routes());
    for (ApiKind kind : ApiKind.values()) {
      routes.addAll(new ResourceEndpoints(kind, mesh).routes());
    }
    routes.addAll(new WeirOperations(mesh).routes());
    return routes.build();
  }

  /** Ready to decide: there is a fabric, and the newest resources have a placement on it. */
  private static Reply readiness(MeshController mesh) {
    var snapshot = mesh.snapshot();
    if (snapshot.problem().isPresent()) {
      return Reply.text(503, "text/plain", snapshot.problem().get());
    }
    return snapshot.fabric().isEmpty()
        ? Reply.text(503, "text/plain", "no fabric is known yet")
        : Reply.text(200, "text/plain", "ok");
  }
}
