import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("gateway", settings: GatewaySettings.all) { try await buildGateway($0) }
  }
}
