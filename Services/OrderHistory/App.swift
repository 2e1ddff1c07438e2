import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("order-history", settings: OrderHistorySettings.all) { try await buildOrderHistory($0) }
  }
}
