package dev.weir.controller.device;

import com.google.common.collect.ImmutableMap;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;

/**
 * What a device's tables hold, by canonical keys. Entries that belong to the program are left out.
 *
 * @param entries without defaults
 * @param defaults of the tables whose default can be set, by table
 */
public record DeviceContents(
    ImmutableMap<Entry.Key, Action> entries, ImmutableMap<String, Action> defaults) {}
