package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import p4.config.v1.P4Types.P4BitstringLikeTypeSpec;
import p4.config.v1.P4Types.P4DataTypeSpec;
import p4.config.v1.P4Types.P4EnumTypeSpec;
import p4.config.v1.P4Types.P4HeaderTypeSpec;
import p4.config.v1.P4Types.P4HeaderUnionTypeSpec;
import p4.config.v1.P4Types.P4NewTypeSpec;
import p4.config.v1.P4Types.P4SerializableEnumTypeSpec;
import p4.config.v1.P4Types.P4StructTypeSpec;
import p4.config.v1.P4Types.P4TypeInfo;

/** Types as P4Info describes them, with the named ones filled in. */
final class DataTypeReader {
  /** P4's types do not recurse; past this depth P4Info refers to itself in a circle. */
  private static final int DEEPEST = 64;

  private final P4TypeInfo named;

  DataTypeReader(P4TypeInfo named) {
    this.named = named;
  }

  DataType read(String path, P4DataTypeSpec spec) {
    return read(path, spec, 0);
  }

  private DataType read(String path, P4DataTypeSpec spec, int depth) {
    if (depth > DEEPEST) {
      throw P4InfoReader.invalid(
          path, "the type contains itself", "give P4Info as the compiler wrote it");
    }
    return switch (spec.getTypeSpecCase()) {
      case BITSTRING -> bitString(path, spec.getBitstring());
      case BOOL -> new DataType.Bool();
      case TUPLE -> {
        ImmutableList.Builder<DataType> members = ImmutableList.builder();
        for (P4DataTypeSpec member : spec.getTuple().getMembersList()) {
          members.add(read(path + ".tuple.members", member, depth + 1));
        }
        yield new DataType.Tuple(members.build());
      }
      case STRUCT -> struct(path, spec.getStruct().getName(), depth);
      case HEADER -> header(path, spec.getHeader().getName());
      case HEADER_UNION -> union(path, spec.getHeaderUnion().getName());
      case HEADER_STACK ->
          new DataType.Stack(
              header(path, spec.getHeaderStack().getHeader().getName()),
              spec.getHeaderStack().getSize());
      case HEADER_UNION_STACK ->
          new DataType.Stack(
              union(path, spec.getHeaderUnionStack().getHeaderUnion().getName()),
              spec.getHeaderUnionStack().getSize());
      case ENUM -> {
        String name = spec.getEnum().getName();
        P4EnumTypeSpec type = lookup(path, "enums", named.getEnumsMap(), name);
        yield new DataType.Symbol(
            name,
            type.getMembersList().stream()
                .map(m -> m.getName())
                .collect(ImmutableList.toImmutableList()));
      }
      case ERROR -> new DataType.ErrorName();
      case SERIALIZABLE_ENUM -> {
        String name = spec.getSerializableEnum().getName();
        P4SerializableEnumTypeSpec type =
            lookup(path, "serializable_enums", named.getSerializableEnumsMap(), name);
        yield new DataType.Numbered(name, type.getUnderlyingType().getBitwidth());
      }
      case NEW_TYPE -> newType(path, spec.getNewType().getName(), depth);
      case TYPESPEC_NOT_SET ->
          throw P4InfoReader.invalid(
              path, "no type is given", "compile with a p4c for P4Runtime 1.5");
    };
  }

  private DataType newType(String path, String name, int depth) {
    P4NewTypeSpec type = lookup(path, "new_types", named.getNewTypesMap(), name);
    return switch (type.getRepresentationCase()) {
      case ORIGINAL_TYPE -> read(path, type.getOriginalType(), depth + 1);
      case TRANSLATED_TYPE ->
          switch (type.getTranslatedType().getSdnTypeCase()) {
            case SDN_BITWIDTH -> new DataType.Unsigned(type.getTranslatedType().getSdnBitwidth());
            case SDN_STRING -> new DataType.Text(name);
            case SDNTYPE_NOT_SET -> throw incomplete(path, name);
          };
      case REPRESENTATION_NOT_SET -> throw incomplete(path, name);
    };
  }

  private DataType struct(String path, String name, int depth) {
    P4StructTypeSpec type = lookup(path, "structs", named.getStructsMap(), name);
    return new DataType.Struct(
        name,
        members(
            path + "." + name,
            type.getMembersList(),
            m -> m.getName(),
            m -> read(path + "." + name + "." + m.getName(), m.getTypeSpec(), depth + 1)));
  }

  private DataType header(String path, String name) {
    P4HeaderTypeSpec type = lookup(path, "headers", named.getHeadersMap(), name);
    return new DataType.Header(
        name,
        members(
            path + "." + name,
            type.getMembersList(),
            m -> m.getName(),
            m -> bitString(path + "." + name + "." + m.getName(), m.getTypeSpec())));
  }

  private DataType union(String path, String name) {
    P4HeaderUnionTypeSpec type = lookup(path, "header_unions", named.getHeaderUnionsMap(), name);
    return new DataType.HeaderUnion(
        name,
        members(
            path + "." + name,
            type.getMembersList(),
            m -> m.getName(),
            m -> header(path + "." + name, m.getHeader().getName())));
  }

  private static DataType bitString(String path, P4BitstringLikeTypeSpec spec) {
    return switch (spec.getTypeSpecCase()) {
      case BIT -> new DataType.Unsigned(spec.getBit().getBitwidth());
      case INT -> new DataType.Signed(spec.getInt().getBitwidth());
      case VARBIT -> new DataType.Varbit(spec.getVarbit().getMaxBitwidth());
      case TYPESPEC_NOT_SET -> throw incomplete(path, "bitstring");
    };
  }

  private static <M> ImmutableMap<String, DataType> members(
      String path, List<M> members, Function<M, String> name, Function<M, DataType> type) {
    Map<String, DataType> byName = new LinkedHashMap<>();
    for (M member : members) {
      if (byName.put(name.apply(member), type.apply(member)) != null) {
        throw P4InfoReader.invalid(
            path,
            "member '" + name.apply(member) + "' is there twice",
            "give P4Info as the compiler wrote it");
      }
    }
    return ImmutableMap.copyOf(byName);
  }

  private static <T> T lookup(String path, String kind, Map<String, T> types, String name) {
    T type = types.get(name);
    if (type == null) {
      throw P4InfoReader.invalid(
          path, "type_info." + kind + " has no '" + name + "'", "give P4Info with its type_info");
    }
    return type;
  }

  private static RuntimeException incomplete(String path, String name) {
    return P4InfoReader.invalid(
        path, "the type '" + name + "' says nothing", "compile with a p4c for P4Runtime 1.5");
  }
}
