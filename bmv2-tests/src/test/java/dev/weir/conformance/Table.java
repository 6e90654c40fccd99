package dev.weir.conformance;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** All requirements in the specification's order. */
final class Table {
  private Table() {}

  /** One requirement and its test. */
  record Row(Requirement requirement, Method method, Supplier<Requirements> maker) {
    Requirements newTest() {
      return maker.get();
    }
  }

  private static final List<Supplier<Requirements>> PARTS =
      List.of(
          ArbitrationRequirements::new,
          RoleRequirements::new,
          FormatRequirements::new,
          TableRequirements::new,
          TableReadRequirements::new,
          DirectResourceRequirements::new,
          ProfileRequirements::new,
          SelectorRequirements::new,
          CounterRequirements::new,
          ReplicationRequirements::new,
          StateRequirements::new,
          WriteRequirements::new,
          ReadRequirements::new,
          ConcurrencyRequirements::new,
          PipelineRequirements::new,
          StreamRequirements::new,
          TranslationRequirements::new,
          ConstraintRequirements::new);

  static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (Supplier<Requirements> part : PARTS) {
      for (Method method : part.get().getClass().getDeclaredMethods()) {
        Requirement requirement = method.getAnnotation(Requirement.class);
        if (requirement != null) {
          if (!ids.add(requirement.id())) {
            throw new IllegalStateException("requirement " + requirement.id() + " is there twice");
          }
          rows.add(new Row(requirement, method, part));
        }
      }
    }
    rows.sort(
        Comparator.comparing((Row r) -> sortable(r.requirement().section()))
            .thenComparing(r -> sortable(r.requirement().id())));
    return rows;
  }

  /** Numbers padded, so that 9.10 comes after 9.2. */
  private static String sortable(String text) {
    StringBuilder key = new StringBuilder();
    for (String part : text.split("[.-]", -1)) {
      key.append("0".repeat(Math.max(0, 4 - part.length()))).append(part).append('.');
    }
    return key.toString();
  }
}
