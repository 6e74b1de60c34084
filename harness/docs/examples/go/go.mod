module example/static-key

go 1.19
