# TcpConnectors
