import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("payment", port: 8103, settings: PaymentSettings.all) { try await buildPayment($0) }
  }
}
