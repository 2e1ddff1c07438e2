import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("order-history", port: 8202, settings: OrderHistorySettings.all) { try await buildOrderHistory($0) }
  }
}
