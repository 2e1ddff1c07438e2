import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("payment-provider", settings: ProviderSettings.all) { try await buildProvider($0) }
  }
}
