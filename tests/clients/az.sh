#!/usr/bin/env bash
# The unchanged Azure CLI against a running simulator: cloud, login, groups, registry, identity, container group,
# database server, cache, static web app.
#
#   tests/clients/az.sh STATE_DIR
#
# AZ names the command (default: az), SIMULATOR the simulator's. Without it the script says so and ends with 77, the usual code for "skipped".
# Every step prints one line; the first command that fails ends it with az's own message.
set -euo pipefail

state_dir=${1:?usage: az.sh STATE_DIR}
az=${AZ:-az}
command -v "$az" >/dev/null || { echo "skipped: $az is not installed"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AZURE_CONFIG_DIR=$work/config AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_NO_COLOR=yes
export AZURE_CORE_ONLY_SHOW_ERRORS=yes AZURE_CORE_OUTPUT=tsv no_proxy='127.0.0.0/8' NO_PROXY='127.0.0.0/8'

set -a
# shellcheck source=/dev/null
. "$state_dir/azure.env"
set +a
# The cloud is registered below as an operator would; this variable would replace az's own list of clouds.
unset ARM_CLOUD_METADATA_URL
url=$AZURE_SIMULATOR_URL
group=az-rg registry=azregistry$$ backend=az-api label=az-api-$$ database=az-db-$$ cache=az-redis-$$ site=az-site

step() { echo "az: $1"; }
fails() { # a command that must fail, and a word of its message
    local word=$1 output
    shift
    if output=$("$az" "$@" 2>&1); then
        echo "expected a failure: az $*" >&2
        return 1
    fi
    grep -q "$word" <<<"$output" || { echo "expected '$word' in: $output" >&2; return 1; }
}
# Reads all of its input before it decides: a writer whose reader has gone would fail.
says() { grep -q -- "$1" <<<"$(cat)" || { echo "expected '$1'" >&2; return 1; }; }
same() { [ "$1" = "$2" ] || { echo "expected '$2', got '$1'" >&2; return 1; }; }

connect() { # how to name a cloud (register a new one, update one that az knows), and its name
    "$az" config set core.instance_discovery=false
    "$az" cloud "$1" --name "$2" --endpoint-resource-manager "$url" --endpoint-active-directory "$url" \
        --endpoint-active-directory-resource-id "$url" --endpoint-management "$url" \
        --endpoint-active-directory-graph-resource-id "$url" --endpoint-microsoft-graph-resource-id "$url" \
        --suffix-acr-login-server-endpoint "${url#https://}"
    "$az" cloud set --name "$2"
    printf '%s' "$AZURE_CLIENT_SECRET" >"$work/secret"
    "$az" login --service-principal --username "$AZURE_CLIENT_ID" "--password=@$work/secret" \
        --tenant "$AZURE_TENANT_ID" --query '[].state'
}

step "cloud and login"
connect register simulator
same "$("$az" account show --query id)" "$AZURE_SUBSCRIPTION_ID"

step "providers"
for namespace in Microsoft.ContainerRegistry Microsoft.ContainerInstance Microsoft.ManagedIdentity; do
    "$az" provider register --namespace "$namespace"
done
until [ "$("$az" provider list --query "[?registrationState=='Registering']")" = '' ]; do :; done
same "$("$az" provider show --namespace Microsoft.ContainerRegistry --query registrationState)" Registered

step "resource group"
"$az" group create --name "$group" --location eastus --tags owner=az --query properties.provisioningState
same "$("$az" group exists --name "$group" --output json)" true
same "$("$az" group list --tag owner=az --query '[].name')" "$group"
fails ResourceGroupNotFound group show --name nothing-here

step "registry"
same "$("$az" acr check-name --name "$registry" --query nameAvailable)" true
"$az" acr create --resource-group "$group" --name "$registry" --sku Basic --admin-enabled true --query provisioningState
same "$("$az" acr check-name --name "$registry" --query reason)" AlreadyExists
login_server=$("$az" acr show --name "$registry" --query loginServer)
"$az" acr list --resource-group "$group" --query '[].name'
same "$("$az" acr show-usage --name "$registry" --query "value[?name=='Webhooks'].limit")" 2
"$az" acr credential show --name "$registry" --query 'passwords[0].value' >"$work/before"
"$az" acr credential renew --name "$registry" --password-name password --query 'passwords[0].value' >"$work/after"
! cmp -s "$work/before" "$work/after"
"$az" acr update --name "$registry" --set tags.purpose=test --query tags.purpose
"${SIMULATOR:-azure-simulator}" push-sample --state-dir "$state_dir" --registry "$login_server" --tag 1.0.0
same "$("$az" acr repository list --name "$registry")" codex-backend
same "$("$az" acr repository show-tags --name "$registry" --repository codex-backend)" 1.0.0
"$az" acr manifest list-metadata --registry "$registry" --name codex-backend --query '[].digest'

step "identity and role"
"$az" identity create --resource-group "$group" --name az-id --query principalId >"$work/principal"
identity=$("$az" identity show --resource-group "$group" --name az-id --query id)
"$az" role assignment create --assignee-object-id "$(cat "$work/principal")" --assignee-principal-type ServicePrincipal \
    --role 7f951dda-4ed3-4680-a7ca-43fe172d538d --scope "$("$az" acr show --name "$registry" --query id)" --query roleDefinitionId

step "container group"
"$az" container create --resource-group "$group" --name "$backend" --image "$login_server/codex-backend:1.0.0" \
    --registry-login-server "$login_server" --acr-identity "$identity" --assign-identity "$identity" --cpu 1 --memory 1 --os-type Linux --ports 8001 \
    --ip-address Public --dns-name-label "$label" --environment-variables ENVIRONMENT=az PORT=8001 \
    --secure-environment-variables TOKEN=hidden --query provisioningState
same "$("$az" container show --resource-group "$group" --name "$backend" --query instanceView.state)" Running
address=$("$az" container show --resource-group "$group" --name "$backend" --query ipAddress.ip)
curl --silent --fail --retry 20 --retry-delay 1 --retry-connrefused --noproxy '*' "http://$address:8001/health" | says '"healthy"'
"$az" container logs --resource-group "$group" --name "$backend" | says 'starting on port 8001'
"$az" container list --resource-group "$group" --query '[].name'
"$az" container restart --resource-group "$group" --name "$backend"
curl --silent --fail --retry 20 --retry-delay 1 --retry-connrefused --noproxy '*' "http://$address:8001/" | says '"environment":"az"'
"$az" container stop --resource-group "$group" --name "$backend"
"$az" container start --resource-group "$group" --name "$backend"
"$az" container delete --resource-group "$group" --name "$backend" --yes --query provisioningState
fails NotFound container show --resource-group "$group" --name "$backend"

step "database"
"$az" provider register --namespace Microsoft.DBforPostgreSQL --wait
"$az" postgres flexible-server create --resource-group "$group" --name "$database" --location eastus --tier Burstable \
    --sku-name Standard_B1ms --storage-size 32 --version 16 --admin-user codexadmin --admin-password 'Az-0nly-secret' \
    --public-access 127.0.0.1 --yes --output none
same "$("$az" postgres flexible-server show --resource-group "$group" --name "$database" --query state)" Ready
host=$("$az" postgres flexible-server show --resource-group "$group" --name "$database" --query fullyQualifiedDomainName)
"$az" postgres flexible-server list --resource-group "$group" --query '[].name'
"$az" postgres flexible-server firewall-rule create --resource-group "$group" --server-name "$database" --name all-azure \
    --start-ip-address 0.0.0.0 --end-ip-address 0.0.0.0 --output none
same "$("$az" postgres flexible-server firewall-rule list --resource-group "$group" --server-name "$database" \
    --query "length([?name=='all-azure'])")" 1
until [ "$("$az" postgres flexible-server backup list --resource-group "$group" --server-name "$database" --query 'length(@)')" -ge 1 ]; do :; done
PGPASSWORD='Az-0nly-secret' "$state_dir/bin/psql" --quiet --tuples-only --no-align --command 'SELECT 1' \
    "host=$host user=codexadmin dbname=postgres sslmode=verify-full sslrootcert=$state_dir/ca.pem" | says '^1$'
"$az" postgres flexible-server delete --resource-group "$group" --name "$database" --yes

step "Redis cache"
"$az" provider register --namespace Microsoft.Cache
until [ "$("$az" provider show --namespace Microsoft.Cache --query registrationState)" = Registered ]; do :; done
"$az" redis create --resource-group "$group" --name "$cache" --location eastus --sku Basic --vm-size c0 --query provisioningState
same "$("$az" redis show --resource-group "$group" --name "$cache" --query provisioningState)" Succeeded
"$az" redis list --resource-group "$group" --query '[].name'
"$az" redis list-keys --resource-group "$group" --name "$cache" --query primaryKey >"$work/before"
"$az" redis regenerate-keys --resource-group "$group" --name "$cache" --key-type Primary --query primaryKey >"$work/after"
! cmp -s "$work/before" "$work/after"
"$az" redis firewall-rules create --resource-group "$group" --name "$cache" --rule-name here --start-ip 127.0.0.1 \
    --end-ip 127.0.0.1 --query name
"$az" redis flush --resource-group "$group" --name "$cache" --yes
"$az" redis force-reboot --resource-group "$group" --name "$cache" --reboot-type AllNodes
"$az" redis update --resource-group "$group" --name "$cache" --set redisConfiguration.maxmemory-policy=allkeys-lru \
    --query provisioningState
"$az" redis delete --resource-group "$group" --name "$cache" --yes

step "registry tasks"
curl --silent --fail --cacert "$state_dir/ca.pem" --header "X-Simulator-Key: $(sed -n 's/.*"hook_key": *"\([^"]*\)".*/\1/p' "$state_dir/azure.json")" --json '{"use": "small"}' \
    "$url/_simulator/registry/builder" >/dev/null
mkdir "$work/source"
printf 'FROM scratch\nARG VERSION\nENV VERSION=$VERSION\n' >"$work/source/Dockerfile"
"$az" acr build --registry "$registry" --resource-group "$group" --image built:one --build-arg VERSION=1 "$work/source" \
    2>&1 | says 'was successful after'
"$az" acr task logs --registry "$registry" --resource-group "$group" --run-id ch1 2>&1 | says 'ENV VERSION'
same "$("$az" acr task list-runs --registry "$registry" --resource-group "$group" --query '[0].status')" Succeeded
printf 'FROM scratch\nRUN false\n' >"$work/source/Dockerfile"
fails 'failed' acr build --registry "$registry" --resource-group "$group" --image built:two "$work/source"

step "static web app"
# az has these commands in the cloud of the public one's name only, whatever its endpoints are.
export AZURE_CONFIG_DIR=$work/public
connect update AzureCloud
"$az" provider register --namespace Microsoft.Web
until [ "$("$az" provider show --namespace Microsoft.Web --query registrationState)" = Registered ]; do :; done
fails LocationNotAvailable staticwebapp create --resource-group "$group" --name "$site" --location eastus
same "$("$az" staticwebapp create --resource-group "$group" --name "$site" --location eastus2 --query sku.name)" Free
host=$("$az" staticwebapp show --resource-group "$group" --name "$site" --query defaultHostname)
curl --silent --fail --noproxy '*' "https://$host/" | says 'waits for its content'
same "$("$az" staticwebapp list --resource-group "$group" --query '[].name')" "$site"
same "$("$az" staticwebapp update --resource-group "$group" --name "$site" --sku Standard --tags owner=az --query sku.name)" Standard
same "$("$az" staticwebapp show --resource-group "$group" --name "$site" --query tags.owner)" az
"$az" staticwebapp secrets list --resource-group "$group" --name "$site" --query properties.apiKey >"$work/before"
"$az" staticwebapp secrets reset-api-key --resource-group "$group" --name "$site"
"$az" staticwebapp secrets list --resource-group "$group" --name "$site" --query properties.apiKey >"$work/after"
! cmp -s "$work/before" "$work/after"
"$az" staticwebapp appsettings set --resource-group "$group" --name "$site" --setting-names COLOUR=blue SIZE=2 --output none
"$az" staticwebapp appsettings delete --resource-group "$group" --name "$site" --setting-names SIZE --output none
same "$("$az" staticwebapp appsettings list --resource-group "$group" --name "$site" --query properties.COLOUR)" blue
same "$("$az" staticwebapp appsettings list --resource-group "$group" --name "$site" --query properties.SIZE)" ''
same "$("$az" staticwebapp environment list --resource-group "$group" --name "$site" --query '[].name')" default
same "$("$az" staticwebapp hostname list --resource-group "$group" --name "$site" --query 'length(@)')" 0
"$az" staticwebapp hostname set --resource-group "$group" --name "$site" --hostname www.example.com \
    --validation-method dns-txt-token --no-wait
same "$("$az" staticwebapp hostname list --resource-group "$group" --name "$site" --query '[].domainName')" www.example.com
"$az" staticwebapp hostname delete --resource-group "$group" --name "$site" --hostname www.example.com --yes
"$az" staticwebapp delete --resource-group "$group" --name "$site" --yes
fails NotFound staticwebapp show --resource-group "$group" --name "$site"

step "clean up"
"$az" acr delete --name "$registry" --resource-group "$group" --yes
"$az" group delete --name "$group" --yes
same "$("$az" group exists --name "$group" --output json)" false
echo "az: passed"
