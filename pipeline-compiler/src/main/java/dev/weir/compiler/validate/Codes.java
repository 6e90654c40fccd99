package dev.weir.compiler.validate;

import dev.weir.compiler.validate.Word.Pattern;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Which classes patterns match, by their codes under a mask: patterns are many, masks are few. */
final class Codes implements Columns.Answers<Pattern> {
  private final Classes classes;
  private final IntFunction<Word> codeOfAtom;
  private final List<Word> codes = new ArrayList<>();
  private final Map<Word, Map<Word, BitSet>> byMask = new HashMap<>();

  Codes(Classes classes, IntFunction<Word> codeOfAtom) {
    this.classes = classes;
    this.codeOfAtom = codeOfAtom;
    for (int c = 0; c < classes.count(); c++) {
      born(c);
    }
  }

  @Override
  public void born(int group) {
    Word code = codeOfAtom.apply(classes.representative(group));
    codes.add(code);
    byMask.forEach((mask, byValue) -> put(byValue, code.and(mask), group));
  }

  private static void put(Map<Word, BitSet> byValue, Word value, int group) {
    byValue.computeIfAbsent(value, _ -> new BitSet()).set(group);
  }

  private Map<Word, BitSet> grouped(Word mask) {
    Map<Word, BitSet> byValue = new HashMap<>();
    for (int c = 0; c < codes.size(); c++) {
      put(byValue, codes.get(c).and(mask), c);
    }
    return byValue;
  }

  @Override
  public BitSet classes(Pattern pattern) {
    BitSet classes = byMask.computeIfAbsent(pattern.mask(), this::grouped).get(pattern.value());
    return classes == null ? new BitSet() : (BitSet) classes.clone();
  }

  @Override
  public boolean takes(Pattern pattern, int group) {
    return pattern.matches(codes.get(group));
  }

  @Override
  public List<?> headings(Pattern pattern) {
    return List.of(pattern);
  }

  @Override
  public Iterable<?> headingsOf(int group) {
    Word code = codes.get(group);
    return byMask.keySet().stream().map(mask -> new Pattern(code.and(mask), mask)).toList();
  }
}
