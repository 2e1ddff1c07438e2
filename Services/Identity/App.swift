import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("identity", settings: IdentitySettings.all) { try await buildIdentity($0) }
  }
}
