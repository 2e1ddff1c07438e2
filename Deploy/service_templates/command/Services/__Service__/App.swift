import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("__name__", settings: __Service__Settings.all) { try await build__Service__($0) }
  }
}
