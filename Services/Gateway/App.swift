import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("gateway", port: 8080, settings: GatewaySettings.all) { try await buildGateway($0) }
  }
}
