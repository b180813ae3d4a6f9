// Client-side token refresh and reconnection
class AuthenticatedWebSocket {
  constructor(baseUrl, getToken, getOrgId) {
    this.baseUrl = baseUrl;
    this.getToken = getToken;
    this.getOrgId = getOrgId;
    this.socket = null;
    this.reconnectAttempts = 0;
    this.maxReconnectAttempts = 5;
    this.reconnectDelay = 1000;
    this.listeners = {
      message: [],
      error: [],
      close: [],
      open: []
    };
  }

  connect() {
    const token = this.getToken();
    const orgId = this.getOrgId();

    if (!token) {
      console.error("No token available for WebSocket connection");
      return;
    }

    if (!orgId) {
      console.error("No organization ID available for WebSocket connection");
      return;
    }

    // Definable's WebSocket endpoint with required auth parameters
    this.socket = new WebSocket(`${this.baseUrl}/ws/connect?token=${token}&org_id=${orgId}`);

    this.socket.onopen = (event) => {
      console.log("WebSocket connected");
      this.reconnectAttempts = 0;
      this.listeners.open.forEach(listener => listener(event));
    };

    this.socket.onmessage = (event) => {
      this.listeners.message.forEach(listener => listener(event));
    };

    this.socket.onerror = (event) => {
      this.listeners.error.forEach(listener => listener(event));
    };

    this.socket.onclose = (event) => {
      this.listeners.close.forEach(listener => listener(event));

      // Handle authentication failures (1008 = Policy Violation)
      if (event.code === 1008 && event.reason.includes("token")) {
        console.error("WebSocket authentication failed:", event.reason);
        // Try to refresh token before reconnecting
        this.refreshTokenAndReconnect();
      } else if (this.reconnectAttempts < this.maxReconnectAttempts) {
        // Handle other disconnects
        setTimeout(() => this.reconnect(), this.reconnectDelay);
      }
    };
  }

  async refreshTokenAndReconnect() {
    try {
      // Implement token refresh logic here
      await refreshAuthToken();
      this.reconnect();
    } catch (error) {
      console.error("Failed to refresh token:", error);
    }
  }

  reconnect() {
    this.reconnectAttempts++;
    const delay = this.reconnectDelay * Math.pow(2, this.reconnectAttempts - 1);
    console.log(`Attempting to reconnect in ${delay}ms (attempt ${this.reconnectAttempts})`);
    setTimeout(() => {
      this.connect();
    }, delay);
  }

  // Event listener methods
  on(event, callback) {
    if (this.listeners[event]) {
      this.listeners[event].push(callback);
    }
    return this;
  }

  close() {
    if (this.socket) {
      this.socket.close();
    }
  }

  send(data) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(typeof data === 'string' ? data : JSON.stringify(data));
    } else {
      console.error("WebSocket not connected");
    }
  }
}
