import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;

/**
 * One real node of OpenSearch, 2.x or 3.x, or of Elasticsearch 7, on loopback, in a process of its own: it can be killed
 * without the tests. For Elasticsearch, `node` writes its name for OpenSearch's before it compiles this.
 *
 * Arguments: name, folder, HTTP port, transport port, and the names and transport ports of all nodes as `name:port,...`.
 */
public final class LocalNode {
    /** The constructor of Node that takes modules from the class path: as classes in 2.x, as descriptions of them in 3.x. */
    private static final class WithModules extends Node {
        @SuppressWarnings({"unchecked", "rawtypes"})
        WithModules(Environment environment, Collection modules) {
            super(environment, modules, true);
        }
    }

    /** The module of every distribution that a node cannot do without, as 2.x and as 3.x names it. */
    private static final List<String> NETTY =
        List.of("org.opensearch.transport.Netty4Plugin", "org.opensearch.transport.Netty4ModulePlugin");

    private static Object netty() throws ReflectiveOperationException {
        try {
            return Class.forName(NETTY.get(0));
        } catch (ClassNotFoundException notIn3) {
            String name = Class.forName(NETTY.get(1)).getName();
            // Elasticsearch has no such class.
            return Class.forName("org.opensearch.plugins.PluginInfo")
                .getConstructor(String.class, String.class, String.class, Version.class, String.class, String.class,
                    String.class, List.class, boolean.class)
                .newInstance(name, "module", "NA", Version.CURRENT, "21", name, null, List.of(), false);
        }
    }

    public static void main(String[] arguments) throws Exception {
        String name = arguments[0];
        Path home = Path.of(arguments[1]);
        List<String> names = new ArrayList<>();
        List<String> addresses = new ArrayList<>();
        for (String node : arguments[4].split(",")) {
            names.add(node.split(":")[0]);
            addresses.add("127.0.0.1:" + node.split(":")[1]);
        }
        boolean isElasticsearch = Node.class.getName().contains("elasticsearch");
        Settings settings = Settings.builder()
            .put("cluster.name", "newsdex-test")
            .put("node.name", name)
            .put("path.home", home.toString())
            .put("path.data", home.resolve("data").toString())
            .put("network.host", "127.0.0.1")
            .put("http.port", arguments[2])
            .put("transport.port", arguments[3])
            .put("transport.type", "netty4")
            .put("http.type", "netty4")
            .putList("discovery.seed_hosts", addresses)
            .putList(isElasticsearch ? "cluster.initial_master_nodes" : "cluster.initial_cluster_manager_nodes", names)
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> name);
        new WithModules(environment, List.of(netty())).start();
        System.out.println("started " + name);
        Thread.currentThread().join();
    }
}
