package dev.weir.app.resource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.app.Failure;
import dev.weir.compiler.resource.Manifest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentsTest {
  private static final String A = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n";
  private static final String B = A.replace("name: a", "name: b");
  private static final String C = A.replace("name: a", "name: c");

  @TempDir Path folder;

  private static InputStream nothing() {
    return InputStream.nullInputStream();
  }

  private Documents files(String first, String second) throws IOException {
    Files.writeString(folder.resolve("1.yaml"), first);
    Files.writeString(folder.resolve("2.yml"), second);
    return Documents.read(List.of(folder.toString()), nothing());
  }

  private static List<String> names(Documents documents) {
    return Manifest.read(documents.body(), false).resources().stream()
        .map(resource -> resource.key().name())
        .toList();
  }

  @Test
  void filesOfAFolderAreJoinedInTheirNamesOrder() throws IOException {
    assertThat(names(files(B, A))).containsExactly("b", "a");
  }

  @Test
  void documentIsFoundInItsFileWhateverMarkersFilesHave() throws IOException {
    Documents documents = files("---\n# first\n" + A + "---\n" + B + "---\n", "# x\n---\n" + C);
    assertThat(names(documents)).containsExactly("a", "b", "c");
    assertThat(documents.place(1)).isEqualTo(folder.resolve("1.yaml") + ", document 1");
    assertThat(documents.place(2)).isEqualTo(folder.resolve("1.yaml") + ", document 2");
    int last = Manifest.read(documents.body(), false).resources().size() + 1;
    assertThat(documents.place(last)).isEqualTo(folder.resolve("2.yml") + ", document 1");
  }

  @Test
  void brokenDocumentIsFoundInItsFile() throws IOException {
    Documents documents = files(A, B + "---\nkind: [\n");
    int broken = Manifest.read(documents.body(), false).problems().getFirst().document() + 1;
    assertThat(documents.place(broken)).isEqualTo(folder.resolve("2.yml") + ", document 2");
  }

  @Test
  void expectationsOfAMeshAreNoManifest() throws IOException {
    Files.writeString(folder.resolve(Documents.EXPECTATIONS), "{}");
    assertThat(names(files(A, B))).containsExactly("a", "b");
  }

  @Test
  void standardInputIsRead() {
    Documents documents = Documents.read(List.of("-"), new ByteArrayInputStream(A.getBytes(UTF_8)));
    assertThat(names(documents)).containsExactly("a");
  }

  @Test
  void whatIsNotThereIsSaid() {
    assertThatThrownBy(() -> Documents.read(List.of("/nowhere.yaml"), nothing()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("/nowhere.yaml");
    assertThatThrownBy(() -> Documents.read(List.of(folder.toString()), nothing()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("holds no");
  }
}
