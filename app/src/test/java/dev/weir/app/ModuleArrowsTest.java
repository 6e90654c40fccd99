package dev.weir.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which module may depend on which (docs/architecture.md). */
class ModuleArrowsTest {
  private static final String P4RUNTIME = "dev.weir.p4runtime..";
  private static final String COMPILER = "dev.weir.compiler..";
  private static final String SOFT_SWITCH = "dev.weir.softswitch..";
  private static final String CONTROLLER = "dev.weir.controller..";
  private static final String REST = "dev.weir.rest..";
  private static final String REFERENCE = "dev.weir.reference..";
  private static final String APP = "dev.weir.app..";
  private static final String WEIR = "dev.weir..";

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.weir");
  }

  /** Of Weir's own packages, {@code module} depends on itself and {@code allowed} only. */
  private static void holds(String module, String... allowed) {
    Assertions.assertThat(classes.that(resideInAnyPackage(module)).isEmpty())
        .as("classes of " + module + " are on the classpath")
        .isFalse();
    String[] own = new String[allowed.length + 1];
    own[0] = module;
    System.arraycopy(allowed, 0, own, 1, allowed.length);
    ArchRule rule =
        noClasses()
            .that(resideInAnyPackage(module))
            .should()
            .dependOnClassesThat(resideInAnyPackage(WEIR).and(not(resideInAnyPackage(own))));
    rule.check(classes);
  }

  @Test
  void p4runtimeDependsOnNoOther() {
    holds(P4RUNTIME);
  }

  @Test
  void compilerDependsOnP4runtime() {
    holds(COMPILER, P4RUNTIME);
  }

  @Test
  void softSwitchDependsOnP4runtime() {
    holds(SOFT_SWITCH, P4RUNTIME);
  }

  /** The other opinion: a mistake of the compiler's cannot hide in both. */
  @Test
  void referenceSharesNothing() {
    holds(REFERENCE);
    noClasses()
        .that(resideInAnyPackage(REFERENCE))
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.fabric8.."))
        .check(classes);
  }

  @Test
  void controllerDependsOnCompilerReferenceAndP4runtime() {
    holds(CONTROLLER, COMPILER, REFERENCE, P4RUNTIME);
  }

  /** Entries and counts, which placements and snapshots hold, are p4runtime's values. */
  @Test
  void restDependsOnControllerAndValues() {
    holds(REST, CONTROLLER, COMPILER, "dev.weir.p4runtime.entry..", "dev.weir.p4runtime.wire..");
  }

  @Test
  void nobodyDependsOnTheApp() {
    noClasses()
        .that(resideInAnyPackage(P4RUNTIME, COMPILER, SOFT_SWITCH, REFERENCE, CONTROLLER, REST))
        .should()
        .dependOnClassesThat(resideInAnyPackage(APP))
        .check(classes);
  }

  /** No I/O, no threads, no clock. Address values and a map that threads may share are neither. */
  @Test
  void compilerIsPure() {
    DescribedPredicate<JavaClass> pure =
        type(InetAddress.class)
            .or(type(Inet4Address.class))
            .or(type(UnknownHostException.class))
            .or(type(ConcurrentHashMap.class));
    noClasses()
        .that(resideInAnyPackage(COMPILER))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "java.io..",
                    "java.net..",
                    "java.nio.file..",
                    "java.nio.channels..",
                    "java.util.concurrent..",
                    "io.grpc..",
                    "io.netty..",
                    "org.slf4j..")
                .and(not(pure)))
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(InetAddress.class, "getByName", String.class)
        .check(classes);
  }

  @Test
  void onlyTheRestModuleKnowsItsServer() {
    noClasses()
        .that(resideInAnyPackage(WEIR).and(not(resideInAnyPackage(REST))))
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.eclipse.jetty.."))
        .check(classes);
  }
}
