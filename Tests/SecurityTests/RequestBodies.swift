/// The bodies of the matrix's requests, by operation; valid ones, so that the result depends on the caller only.
enum RequestBodies {
  /// - Parameter row: the name of a row without the query.
  static func body(_ row: String) -> String {
    bodies[row] ?? administration[row] ?? "{}"
  }

  private static let won = #""currency":"KRW""#
  private static let account = #""password":"\#(MatrixCallers.password)","name":"새 계정""#

  private static let bodies: [String: String] = [
    "shop POST /shops": """
    {"name":"한강치킨","category":"chicken","district":"gangnam","location":{"latitude":37.5,"longitude":127.03},\
    "address":"강남대로 1","minimumOrder":{"amount":15000,\(won)},"deliveryFee":{"amount":3000,\(won)},\
    "menu":[{"name":"후라이드","price":{"amount":18000,\(won)}}]}
    """,
    "shop PATCH /shops/<shop>": #"{"name":"한강치킨 본점"}"#,
    "shop PUT /shops/<shop>/status": #"{"status":"paused"}"#,
    "shop POST /shops/<shop>/menu": #"{"name":"양념","price":{"amount":19000,\#(won)}}"#,
    "shop PATCH /shops/<shop>/menu/<item>": #"{"name":"순살"}"#,
    "order POST /orders": """
    {"shopId":"<shop>","items":[{"menuItemId":"<item>","quantity":1}],"deliveryAddress":\
    {"address":"테헤란로 2","location":{"latitude":37.5,"longitude":127.03}},"payment":{"token":"tok_visa"}}
    """,
    "order POST /orders/<order>/accept": #"{"preparationMinutes":10}"#,
    "order POST /orders/<order>/reject": #"{"reason":"재료가 없어요"}"#,
    "order POST /orders/<order>/cancel": #"{"reason":"마음이 바뀌었어요"}"#,
    "payment POST /payments": """
    {"id":"<new>","orderId":"<new>","customerId":"<customer>","amount":{"amount":1000,\(won)},"token":"tok_visa"}
    """,
    "payment POST /payments/<payment>/void": #"{"orderId":"<order>"}"#,
    "payment POST /provider/webhooks": #"{"id":"forged","reference":"<payment>"}"#,
    "rider POST /riders": #"{"name":"김배달","vehicle":"motorcycle"}"#,
    "rider PUT /riders/<rider>/status": #"{"status":"online"}"#,
    "rider PUT /riders/<rider>/location": #"{"latitude":37.5,"longitude":127.03}"#,
    "rider POST /deliveries/cancel": #"{"orderId":"<new>","reason":"시험"}"#,
    "review POST /reviews": #"{"orderId":"<order>","rating":5,"text":"바삭하고 따뜻했어요"}"#,
    "review POST /reviews/<review>/reply": #"{"text":"고맙습니다"}"#,
    "identity POST /accounts": #"{"email":"<new>@example.com","role":"customer",\#(account)}"#,
    "identity POST /accounts#operator": #"{"email":"<new>@example.com","role":"operator",\#(account)}"#,
    "identity PUT /accounts/<customer>/password":
      #"{"currentPassword":"\#(MatrixCallers.password)","newPassword":"another horse entirely"}"#,
    "identity PUT /accounts/<spareCustomer>/status": #"{"status":"suspended"}"#,
    "identity POST /sessions": #"{"email":"\#(MatrixCallers.operatorEmail)","password":"\#(MatrixCallers.operatorPassword)"}"#,
    "identity POST /sessions/refresh": #"{"refreshToken":"forged"}"#,
    "identity POST /token": "grant_type=client_credentials",
    "identity POST /sessions/end": #"{"refreshToken":"forged"}"#,
  ]

  private static let administration: [String: String] = AccessTable.everyService.reduce(into: [:]) { bodies, service in
    bodies["\(service) POST /admin/republish"] = #"{"all":true,"dryRun":true}"#
    bodies["\(service) POST /admin/dead-letters/send-back"] = #"{"ids":["1-0"]}"#
    bodies["\(service) PUT /admin/configuration/<new>"] = #"{"value":"1s"}"#
  }
}
