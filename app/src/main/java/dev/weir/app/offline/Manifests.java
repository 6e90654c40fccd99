package dev.weir.app.offline;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.weir.app.resource.Documents;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.UnplaceableException;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resolve.PeerIdentity;
import dev.weir.compiler.resolve.Resolved;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.ImpliedNamespaces;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.Resource;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A folder's resources and what they amount to.
 *
 * @param notes what is no part of the intent, and why
 */
record Manifests(ImmutableList<Resource> resources, Intent intent, ImmutableList<String> notes) {
  /** Beside a folder's manifests: what is asked of them. No manifest itself. */
  static final String PROBES = "probes.json";

  /**
   * Reads a folder or file.
   *
   * @param except files that are no manifests, besides those called {@link #PROBES}
   * @throws Refused with every problem, its code and its path
   */
  static Manifests read(Path name, Collection<Path> except) {
    Source source = source(name, except);
    return resolve(source, PodAddresses.given(source.resources));
  }

  /**
   * Reads several folders or files; a Pod that brings no address has the same in all.
   *
   * @throws Refused as {@link #read}
   */
  static List<Manifests> readTogether(List<Path> names) {
    List<Source> sources = names.stream().map(name -> source(name, List.of())).toList();
    List<ImmutableList<Resource>> resources =
        PodAddresses.givenTogether(sources.stream().map(Source::resources).toList());
    List<Manifests> all = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      all.add(resolve(sources.get(i), resources.get(i)));
    }
    return all;
  }

  private record Source(Documents documents, ImmutableList<Resource> resources) {}

  private static Source source(Path name, Collection<Path> except) {
    Documents all = Documents.read(List.of(name.toString()), InputStream.nullInputStream());
    List<Path> others = except.stream().map(Manifests::canonical).toList();
    Documents documents =
        new Documents(
            all.files().stream()
                .filter(file -> !Path.of(file.name()).endsWith(PROBES))
                .filter(file -> !others.contains(canonical(Path.of(file.name()))))
                .toList());
    Parsed parsed = Manifest.read(documents.body(), false);
    refuse(documents, parsed.problems());
    return new Source(documents, ImpliedNamespaces.added(parsed.resources()));
  }

  private static Manifests resolve(Source source, ImmutableList<Resource> resources) {
    Resolved resolved = Resolver.resolve(resources);
    refuse(source.documents, resolved.problems());
    return new Manifests(resources, resolved.intent(), resolved.notes());
  }

  /** What the same resources amount to where addresses that are no Pod's have identities. */
  Intent intentWith(ImmutableMap<IpAddress, PeerIdentity> peers) {
    return peers.isEmpty() ? intent : Resolver.resolve(resources, peers).intent();
  }

  /**
   * Compiles from an empty allocation.
   *
   * @throws Refused where the fabric cannot hold it
   */
  Compiled compile(Fabric fabric, Counters traffic) {
    return compile(intent, fabric, traffic);
  }

  /** As {@link #compile(Fabric, Counters)}, an intent of {@link #intentWith}. */
  static Compiled compile(Intent intent, Fabric fabric, Counters traffic) {
    try {
      return Compiler.compile(intent, fabric, Allocation.EMPTY, traffic);
    } catch (UnplaceableException e) {
      throw Refused.of(
          e.code(), "", String.valueOf(e.getMessage()), "take another pipeline or fewer workloads");
    }
  }

  /** What the resources are called, as in {@code NetworkPolicy shop/cart}. */
  Set<String> names() {
    return resources.stream().map(each -> each.key().toString()).collect(Collectors.toSet());
  }

  /** The resources' trees, as the reference takes them. */
  List<JsonNode> trees() {
    return resources.stream().<JsonNode>map(Resource::json).toList();
  }

  private static Path canonical(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static void refuse(Documents documents, List<Problem> problems) {
    if (problems.isEmpty()) {
      return;
    }
    List<Refused.At> found = new ArrayList<>();
    for (Problem problem : problems) {
      found.add(
          new Refused.At(
              problem.document() < 0 ? "" : documents.place(problem.document() + 1),
              problem.at(-1)));
    }
    throw new Refused(ImmutableList.copyOf(found));
  }
}
