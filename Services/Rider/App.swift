import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("rider", settings: RiderSettings.all) { try await buildRider($0) }
  }
}
