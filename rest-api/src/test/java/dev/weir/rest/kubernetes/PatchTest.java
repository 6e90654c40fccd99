package dev.weir.rest.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.rest.http.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatchTest {
  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static JsonNode strategic(String target, String patch) {
    return Patch.strategic((ObjectNode) json(target), (ObjectNode) json(patch));
  }

  /** The test cases of RFC 7386, appendix A. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':'b'}|{'a':'c'}|{'a':'c'}",
        "{'a':'b'}|{'b':'c'}|{'a':'b','b':'c'}",
        "{'a':'b'}|{'a':null}|{}",
        "{'a':'b','b':'c'}|{'a':null}|{'b':'c'}",
        "{'a':['b']}|{'a':'c'}|{'a':'c'}",
        "{'a':'c'}|{'a':['b']}|{'a':['b']}",
        "{'a':{'b':'c'}}|{'a':{'b':'d','c':null}}|{'a':{'b':'d'}}",
        "{'a':[{'b':'c'}]}|{'a':[1]}|{'a':[1]}",
        "['a','b']|['c','d']|['c','d']",
        "{'a':'b'}|['c']|['c']",
        "{'a':'foo'}|null|null",
        "{'a':'foo'}|'bar'|'bar'",
        "{'e':null}|{'a':1}|{'e':null,'a':1}",
        "[1,2]|{'a':'b','c':null}|{'a':'b'}",
        "{}|{'a':{'bb':{'ccc':null}}}|{'a':{'bb':{}}}",
      })
  void mergePatchFollowsItsStandard(String target, String patch, String expected) {
    assertThat(Patch.merge(json(target), json(patch))).isEqualTo(json(expected));
  }

  @Test
  void listWithAMergeKeyIsMergedByIt() {
    assertThat(
            strategic(
                "{'containers':[{'name':'a','image':'x'},{'name':'b'}]}",
                "{'containers':[{'name':'a','image':'y'},{'name':'c'}]}"))
        .isEqualTo(json("{'containers':[{'name':'a','image':'y'},{'name':'b'},{'name':'c'}]}"));
  }

  @Test
  void listWithoutAMergeKeyIsReplaced() {
    assertThat(strategic("{'ingress':[{'a':1},{'b':2}]}", "{'ingress':[{'c':3}]}"))
        .isEqualTo(json("{'ingress':[{'c':3}]}"));
  }

  @Test
  void elementIsDeletedByItsKey() {
    assertThat(
            strategic(
                "{'containers':[{'name':'a'},{'name':'b'}]}",
                "{'$setElementOrder/containers':[{'name':'b'}],"
                    + "'containers':[{'$patch':'delete','name':'a'}]}"))
        .isEqualTo(json("{'containers':[{'name':'b'}]}"));
  }

  @Test
  void elementsComeIntoTheOrderAskedFor() {
    assertThat(
            strategic(
                "{'containers':[{'name':'a'}]}",
                "{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}],"
                    + "'containers':[{'name':'b'}]}"))
        .isEqualTo(json("{'containers':[{'name':'b'},{'name':'a'}]}"));
  }

  @Test
  void objectIsReplacedOnRequest() {
    assertThat(strategic("{'spec':{'a':1,'b':2}}", "{'spec':{'$patch':'replace','c':3}}"))
        .isEqualTo(json("{'spec':{'c':3}}"));
  }

  @Test
  void nullDeletesAField() {
    assertThat(strategic("{'labels':{'a':'1','b':'2'}}", "{'labels':{'a':null}}"))
        .isEqualTo(json("{'labels':{'b':'2'}}"));
  }

  @Test
  void valuesAreTakenOutOfAPlainList() {
    assertThat(
            strategic(
                "{'finalizers':['a','b']}",
                "{'$deleteFromPrimitiveList/finalizers':['a'],'finalizers':['c']}"))
        .isEqualTo(json("{'finalizers':['b','c']}"));
  }

  @Test
  void unknownDirectiveIsRefused() {
    assertThatThrownBy(() -> strategic("{'a':1}", "{'$turn':'around'}"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("$turn");
  }

  @Test
  void elementWithoutItsMergeKeyIsRefused() {
    assertThatThrownBy(() -> strategic("{}", "{'containers':[{'image':'x'}]}"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("merge key 'name'");
  }
}
