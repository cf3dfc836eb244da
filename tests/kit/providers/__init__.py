"""Local fakes of the providers: what each documents about its API, checked and recorded."""
