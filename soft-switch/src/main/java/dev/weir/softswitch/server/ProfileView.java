package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.ActionProfile;
import java.util.HashMap;
import java.util.Map;
import p4.config.v1.P4InfoOuterClass;

/** An action profile as P4Info and the program both see it, and how often its parts are used. */
final class ProfileView {
  final P4InfoOuterClass.ActionProfile info;
  final ActionProfile profile;

  /** By P4Info id: the actions of the tables that use the profile. */
  final Map<Integer, TableView.TableAction> actions = new HashMap<>();

  /** Entries that bring their own action set. */
  int oneShots;

  ProfileView(P4InfoOuterClass.ActionProfile info, ActionProfile profile) {
    this.info = info;
    this.profile = profile;
  }

  int id() {
    return info.getPreamble().getId();
  }

  String name() {
    return info.getPreamble().getName();
  }
}
