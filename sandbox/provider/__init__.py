"""Provider protocol shared by the stand-ins: gRPC servicer, property codec and start-up."""
