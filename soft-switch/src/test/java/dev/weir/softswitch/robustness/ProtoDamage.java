package dev.weir.softswitch.robustness;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Damages protobuf messages field by field, or makes them up. */
final class ProtoDamage {
  private static final int MOST_CHANGES = 3;
  private final Random random;

  ProtoDamage(Random random) {
    this.random = random;
  }

  /** The message with up to three fields, at any depth, changed, cleared, doubled or made up. */
  <M extends Message> M damaged(M message) {
    Message at = message;
    for (int i = 1 + random.nextInt(MOST_CHANGES); i > 0; i--) {
      at = changed(at);
    }
    return cast(at);
  }

  /** A message of the same type with nothing but well-typed noise. */
  <M extends Message> M noise(M like, int depth) {
    Message.Builder to = like.newBuilderForType();
    for (FieldDescriptor field : like.getDescriptorForType().getFields()) {
      if (random.nextInt(3) == 0) {
        set(to, field, depth);
      }
    }
    return cast(to.build());
  }

  @SuppressWarnings("unchecked") // both are made by the same type's builder
  private static <M extends Message> M cast(Message message) {
    return (M) message;
  }

  private Message changed(Message message) {
    Message.Builder to = message.toBuilder();
    List<FieldDescriptor> inside = new ArrayList<>();
    for (FieldDescriptor field : message.getAllFields().keySet()) {
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        inside.add(field);
      }
    }
    if (!inside.isEmpty() && random.nextInt(6) > 0) {
      FieldDescriptor field = inside.get(random.nextInt(inside.size()));
      if (field.isRepeated()) {
        int index = random.nextInt(message.getRepeatedFieldCount(field));
        to.setRepeatedField(
            field, index, changed((Message) message.getRepeatedField(field, index)));
      } else {
        to.setField(field, changed((Message) message.getField(field)));
      }
      return to.build();
    }
    List<FieldDescriptor> present = List.copyOf(message.getAllFields().keySet());
    if (!present.isEmpty() && random.nextInt(3) > 0) {
      FieldDescriptor field = present.get(random.nextInt(present.size()));
      if (random.nextInt(3) == 0) {
        return to.clearField(field).build();
      }
      if (field.isRepeated() && random.nextBoolean()) {
        return to.addRepeatedField(
                field,
                message.getRepeatedField(
                    field, random.nextInt(message.getRepeatedFieldCount(field))))
            .build();
      }
      set(to, field, 2);
      return to.build();
    }
    List<FieldDescriptor> all = message.getDescriptorForType().getFields();
    if (!all.isEmpty()) {
      set(to, all.get(random.nextInt(all.size())), 2);
    }
    return to.build();
  }

  private void set(Message.Builder to, FieldDescriptor field, int depth) {
    if (field.isMapField()) {
      return;
    }
    if (!field.isRepeated()) {
      Object value = value(to, field, depth);
      to.setField(field, value);
      return;
    }
    for (int i = random.nextInt(3); i >= 0; i--) {
      to.addRepeatedField(field, value(to, field, depth));
    }
  }

  private Object value(Message.Builder to, FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT -> (int) number();
      case LONG -> number();
      case FLOAT -> (float) number();
      case DOUBLE -> (double) number();
      case BOOLEAN -> random.nextBoolean();
      case STRING -> random.nextInt(3) == 0 ? "" : "x" + random.nextInt(5);
      case BYTE_STRING -> bytes();
      case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(9) - 1);
      case MESSAGE -> {
        Message empty = to.newBuilderForField(field).build();
        yield depth == 0 ? empty : noise(empty, depth - 1);
      }
    };
  }

  private long number() {
    return switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> Integer.MAX_VALUE;
      case 3 -> Long.MIN_VALUE;
      case 4 -> 1L << random.nextInt(64);
      case 5 -> 0xffffffffL;
      default -> random.nextInt(20);
    };
  }

  private ByteString bytes() {
    byte[] bytes = new byte[random.nextInt(4) == 0 ? random.nextInt(400) : random.nextInt(5)];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  /** The message after a few of its bytes changed; null when that is no message any more. */
  <M extends Message> M flipped(M message) {
    byte[] bytes = message.toByteArray();
    for (int i = random.nextInt(4); i >= 0 && bytes.length > 0; i--) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    try {
      return cast(message.getParserForType().parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      return damaged(message);
    }
  }
}
