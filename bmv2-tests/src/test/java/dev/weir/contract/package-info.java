/**
 * What must hold on every target alike, shown with packets: the soft switch always, BMv2 if here.
 */
@org.jspecify.annotations.NullMarked
package dev.weir.contract;
