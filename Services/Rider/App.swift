import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("rider", port: 8104, settings: RiderSettings.all) { try await buildRider($0) }
  }
}
