package dev.weir.compiler.resource;

import com.google.common.collect.ImmutableList;

/** Collects the problems of one resource. */
final class Findings {
  private final int document;
  private final String resource;
  private final ImmutableList.Builder<Problem> problems = ImmutableList.builder();
  private boolean any;

  Findings(int document, String resource) {
    this.document = document;
    this.resource = resource;
  }

  void add(Code code, FieldPath path, String message, String advice) {
    any = true;
    problems.add(new Problem(code, document, resource, path.text(), message, advice));
  }

  boolean any() {
    return any;
  }

  ImmutableList<Problem> problems() {
    return problems.build();
  }
}
