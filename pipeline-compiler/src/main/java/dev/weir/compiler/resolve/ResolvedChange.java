// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.resource.Problem;
import java.util.Optional;

/**
 * What an edit of the resources amounts to, or why it was not made.
 *
 * @param problems if there are any, everything is as it was before the edit
 * @param change of the intent, without attachments; empty where there are problems, or where path
 *     normalization or authorizers change, which a change does not hold: take the intent whole
 */
public record ResolvedChange(ImmutableList<Problem> problems, Optional<Change> change) {}
