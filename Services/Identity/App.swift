import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("identity", port: 8107, settings: IdentitySettings.all) { try await buildIdentity($0) }
  }
}
