package dev.weir.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** One thing that P4Runtime 1.5 asks of a server; the annotated method tests it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Requirement {
  /** The section of the specification that asks for it. */
  String section();

  /** A stable name, unique among all requirements: {@code section-number}. */
  String id();

  /** What has to hold, in a sentence. */
  String text();

  /** The program in force when the test begins; empty: none is loaded, the device is new. */
  String program() default "conformance";
}
