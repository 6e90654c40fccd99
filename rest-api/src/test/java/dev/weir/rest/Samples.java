package dev.weir.rest;

/** Resources that tests send. */
final class Samples {
  private Samples() {}

  static String namespace(String name) {
    return """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: %s
        """
        .formatted(name);
  }

  static String pod(String namespace, String name) {
    return """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          namespace: %s
          labels:
            app: %s
        spec:
          containers:
          - name: main
            image: main
            ports:
            - name: http
              containerPort: 8080
        """
        .formatted(name, namespace, name);
  }

  /** Lets {@code from} come in over TCP port {@code port} and nobody else. */
  static String policy(String namespace, String name, String from, int port) {
    return """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: %s
          namespace: %s
        spec:
          podSelector:
            matchLabels:
              app: %s
          policyTypes: [Ingress]
          ingress:
          - from:
            - podSelector:
                matchLabels:
                  app: %s
            ports:
            - port: %d
        """
        .formatted(name, namespace, name, from, port);
  }
}
