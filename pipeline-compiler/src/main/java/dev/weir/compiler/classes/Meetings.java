package dev.weir.compiler.classes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.math.BigInteger;

/**
 * Who can open a connection to which endpoint port, in codes.
 *
 * @param endpoints endpoint ports that have a listener to be steered to
 */
public record Meetings(ImmutableList<EndpointCodes> endpoints) {

  /**
   * One endpoint port.
   *
   * @param destination its address's code
   * @param sources the codes of all that can open a connection to it
   */
  public record EndpointCodes(BigInteger destination, int port, ImmutableSet<BigInteger> sources) {}
}
