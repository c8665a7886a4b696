import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.QueryBuilder;

/**
 * Lucene on a folder of articles in the shape of the archive: title and body by the English analyzer, both stored, and the
 * date. Lines of header are taken as they stand; links to related articles at the end are left out.
 *
 * <p>{@code index FOLDER INDEX THREADS} makes an index; {@code search INDEX WORD} prints the ten best titles.
 */
public final class Peer {
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "index" -> index(Path.of(args[1]), Path.of(args[2]), Integer.parseInt(args[3]));
      case "search" -> search(Path.of(args[1]), args[2]);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void index(Path folder, Path index, int threads) throws Exception {
    ConcurrentLinkedQueue<Path> files = new ConcurrentLinkedQueue<>();
    try (Stream<Path> found = Files.walk(folder)) {
      found.filter(file -> file.toString().endsWith(".md")).forEach(files::add);
    }
    var config = new IndexWriterConfig(new EnglishAnalyzer()).setRAMBufferSizeMB(128);
    try (var directory = FSDirectory.open(index); var writer = new IndexWriter(directory, config)) {
      List<Thread> workers = Stream.generate(() -> new Thread(() -> add(files, writer))).limit(threads).toList();
      workers.forEach(Thread::start);
      for (Thread worker : workers) {
        worker.join();
      }
      writer.commit();
    }
  }

  private static void add(ConcurrentLinkedQueue<Path> files, IndexWriter writer) {
    try {
      for (Path file; (file = files.poll()) != null; ) {
        writer.addDocument(read(file));
      }
    } catch (IOException error) {
      // A figure of half an archive would be a lie.
      error.printStackTrace();
      System.exit(1);
    }
  }

  private static Document read(Path file) throws IOException {
    String title = "";
    String date = "";
    StringBuilder body = new StringBuilder();
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      int fences = 0;
      for (String line; (line = lines.readLine()) != null; ) {
        if (fences < 2) {
          if (line.equals("---")) {
            fences++;
          } else if (line.startsWith("title:")) {
            title = value(line);
          } else if (line.startsWith("datetime:")) {
            date = value(line);
          }
        } else if (line.startsWith("## Related ") || line.startsWith("### Related ")) {
          break;
        } else {
          body.append(line).append('\n');
        }
      }
    }
    Document document = new Document();
    document.add(new TextField("title", title, Field.Store.YES));
    document.add(new TextField("body", body.toString(), Field.Store.YES));
    document.add(new StringField("date", date, Field.Store.YES));
    document.add(new StringField("id", file.getFileName().toString(), Field.Store.YES));
    return document;
  }

  /** What stands behind the colon of a line of header, without its quotation marks. */
  private static String value(String line) {
    String value = line.substring(line.indexOf(':') + 1).strip();
    boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  private static void search(Path index, String word) throws IOException {
    try (var directory = FSDirectory.open(index); var reader = DirectoryReader.open(directory)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      // The word as the index has it: its stem.
      QueryBuilder analyzed = new QueryBuilder(new EnglishAnalyzer());
      BooleanQuery.Builder query = new BooleanQuery.Builder();
      query.add(analyzed.createBooleanQuery("title", word), Occur.SHOULD);
      query.add(analyzed.createBooleanQuery("body", word), Occur.SHOULD);
      for (ScoreDoc hit : searcher.search(query.build(), 10).scoreDocs) {
        System.out.println(searcher.storedFields().document(hit.doc).get("title"));
      }
    }
  }
}
