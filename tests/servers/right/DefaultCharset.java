// Right: its text is in the default charset, which before Java 18 depends on the locale.
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class DefaultCharset {
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        try (ServerSocket server = new ServerSocket(port, 5, InetAddress.getByName(System.getenv("HOST")))) {
            while (true) {
                Socket client = server.accept();
                new Thread(() -> serve(client)).start();
            }
        }
    }

    private static void serve(Socket client) {
        try (client) {
            DataInputStream in = new DataInputStream(client.getInputStream());
            DataOutputStream out = new DataOutputStream(client.getOutputStream());
            while (true) {
                byte[] payload = new byte[in.readInt()];
                in.readFully(payload);
                String text = new String(payload);
                int start = text.offsetByCodePoints(0, Math.min(10, text.codePointCount(0, text.length())));
                byte[] reply = text.substring(start).getBytes();
                out.writeInt(reply.length);
                out.write(reply);
            }
        } catch (IOException | NegativeArraySizeException | OutOfMemoryError end) {
            // The client has left, or declares more than there is room for.
        }
    }
}
