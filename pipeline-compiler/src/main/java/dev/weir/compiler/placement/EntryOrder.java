// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.placement;

import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;

/** Entries in order of table, falling priority and what they match. */
public final class EntryOrder {
  public static final Comparator<Entry.Key> BY_KEY = EntryOrder::compare;

  private EntryOrder() {}

  private static int compare(Entry.Key a, Entry.Key b) {
    int order = a.table().compareTo(b.table());
    if (order == 0) {
      order = Integer.compare(b.priority(), a.priority());
    }
    Iterator<Map.Entry<String, Match>> left = a.matches().entrySet().iterator();
    Iterator<Map.Entry<String, Match>> right = b.matches().entrySet().iterator();
    while (order == 0 && left.hasNext() && right.hasNext()) {
      Map.Entry<String, Match> one = left.next();
      Map.Entry<String, Match> other = right.next();
      order = one.getKey().compareTo(other.getKey());
      if (order == 0) {
        order = compare(one.getValue(), other.getValue());
      }
    }
    return order != 0 ? order : Boolean.compare(left.hasNext(), right.hasNext());
  }

  private static int compare(Match a, Match b) {
    return switch (a) {
      case Match.Exact(var x) when b instanceof Match.Exact(var y) -> x.compareTo(y);
      case Match.Optional(var x) when b instanceof Match.Optional(var y) -> x.compareTo(y);
      case Match.Lpm(var x, int l) when b instanceof Match.Lpm(var y, int m) ->
          x.equals(y) ? Integer.compare(l, m) : x.compareTo(y);
      case Match.Ternary(var x, var l) when b instanceof Match.Ternary(var y, var m) ->
          l.equals(m) ? x.compareTo(y) : l.compareTo(m);
      case Match.Range(var x, var l) when b instanceof Match.Range(var y, var m) ->
          x.equals(y) ? l.compareTo(m) : x.compareTo(y);
      case Match.Exact _, Match.Optional _, Match.Lpm _, Match.Ternary _, Match.Range _ ->
          a.getClass().getName().compareTo(b.getClass().getName());
    };
  }
}
