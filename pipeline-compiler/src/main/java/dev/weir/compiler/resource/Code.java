package dev.weir.compiler.resource;

import java.util.Locale;

/** The stable codes of refusals, each described in docs/errors.md. */
public enum Code {
  BROKEN_ENCODING,
  BROKEN_JSON,
  BROKEN_YAML,
  AMBIGUOUS_VALUE,
  DUPLICATE_FIELD,
  UNKNOWN_KIND,
  UNKNOWN_VERSION,
  UNKNOWN_FIELD,
  UNSUPPORTED_FIELD,
  UNSUPPORTED_VALUE,
  MISSING_FIELD,
  FORBIDDEN_FIELD,
  NULL_VALUE,
  EMPTY_LIST,
  TOO_MANY,
  WRONG_TYPE,
  BAD_NAME,
  BAD_LABEL,
  BAD_VALUE,
  BAD_ADDRESS,
  BAD_CIDR,
  BAD_PORT,
  BAD_PORT_RANGE,
  SELECTOR_CONFLICT,
  SOURCE_CONFLICT,
  DUPLICATE_NAME,
  DUPLICATE_RESOURCE,
  UNKNOWN_NAMESPACE,
  SHARED_ADDRESS,
  PORT_CONFLICT;

  /** As in {@code unknown-kind}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
