import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("payment-provider", port: 8301, settings: ProviderSettings.all) { try await buildProvider($0) }
  }
}
