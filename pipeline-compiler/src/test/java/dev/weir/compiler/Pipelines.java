package dev.weir.compiler;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.weir.p4runtime.info.Pipeline;
import java.util.function.UnaryOperator;

/** Pipelines poorer than those in the tree. */
public final class Pipelines {
  private Pipelines() {}

  /** With codes of {@code width} bits. */
  public static Pipeline narrow(Pipeline pipeline, int width) {
    return tables(
        pipeline,
        t ->
            new Pipeline.Table(
                t.id(),
                t.name(),
                ImmutableMap.copyOf(
                    Maps.transformValues(
                        t.fields(),
                        f ->
                            f.name().endsWith("_code")
                                ? new Pipeline.Field(f.id(), f.name(), width, f.kind())
                                : f)),
                t.actions(),
                t.defaultOnly(),
                t.size(),
                t.constant(),
                t.hasDirectCounter()));
  }

  /** With policy tables of {@code size} entries. */
  public static Pipeline policyTables(Pipeline pipeline, long size) {
    return tables(
        pipeline,
        t ->
            t.name().endsWith("_policy")
                    || t.name().endsWith("_admin")
                    || t.name().startsWith("authorization_")
                ? resized(t, size)
                : t);
  }

  /** With {@code size} entries in {@code table}. */
  public static Pipeline small(Pipeline pipeline, String table, long size) {
    return tables(pipeline, t -> t.name().equals(table) ? resized(t, size) : t);
  }

  private static Pipeline.Table resized(Pipeline.Table t, long size) {
    return new Pipeline.Table(
        t.id(),
        t.name(),
        t.fields(),
        t.actions(),
        t.defaultOnly(),
        size,
        t.constant(),
        t.hasDirectCounter());
  }

  private static Pipeline tables(Pipeline pipeline, UnaryOperator<Pipeline.Table> change) {
    return new Pipeline(
        pipeline.name(),
        ImmutableMap.copyOf(Maps.transformValues(pipeline.tables(), change::apply)),
        pipeline.actions());
  }
}
