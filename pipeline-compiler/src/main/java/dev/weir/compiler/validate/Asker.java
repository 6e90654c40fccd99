package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.validate.SwitchEntries.Place;

/**
 * Who is asked whether a request passes: one free Boolean.
 *
 * @param places where it is asked
 * @param grpc how
 * @param host what it is called when asked
 * @param pathPrefix put before the path that is asked about; HTTP only
 * @param failOpen whether a request passes that it gives no answer on
 */
record Asker(
    ImmutableSet<Place> places, boolean grpc, String host, String pathPrefix, boolean failOpen) {

  /** As policy has it, for listeners of one family; one that is nowhere lets nothing pass. */
  static Asker of(Authorizer authorizer, IpAddress.Family family) {
    ImmutableSet<Place> places =
        authorizer.places().stream()
            .filter(p -> p.address().family() == family)
            .map(p -> new Place(p.address().mapped(), p.port()))
            .collect(ImmutableSet.toImmutableSet());
    return new Asker(
        places,
        authorizer.protocol() == Authorizer.Protocol.GRPC,
        authorizer.host(),
        authorizer.protocol() == Authorizer.Protocol.GRPC ? "" : authorizer.pathPrefix(),
        authorizer.failOpen() && !places.isEmpty());
  }
}
