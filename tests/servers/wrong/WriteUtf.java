// Wrong: replies with writeUTF, whose length has two bytes.
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

public class WriteUtf {
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        try (ServerSocket server = new ServerSocket(port, 5, InetAddress.getByName(System.getenv("HOST")))) {
            while (true) {
                try (Socket client = server.accept()) {
                    serve(client);
                } catch (IOException clientHasLeft) {
                    // The next one is served.
                }
            }
        }
    }

    private static void serve(Socket client) throws IOException {
        DataInputStream in = new DataInputStream(client.getInputStream());
        DataOutputStream out = new DataOutputStream(client.getOutputStream());
        while (true) {
            byte[] payload = new byte[in.readInt()];
            in.readFully(payload);
            out.writeUTF(new String(payload, StandardCharsets.UTF_8).substring(10));
        }
    }
}
