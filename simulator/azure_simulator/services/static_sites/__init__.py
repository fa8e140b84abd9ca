"""Microsoft.Web/staticSites: static web apps, their environments, domains and content."""
